// A session with the extension in a folder: node session.js EXTENSION FOLDER COMMAND...
//
// Prints as one JSON object what an editor would show.

"use strict";

const Module = require("module");
const path = require("path");

const vscode = require("./vscode.js");
const { state } = vscode;
const load = Module._load;
Module._load = (name, ...rest) => (name === "vscode" ? vscode : load(name, ...rest));

const [extensionPath, folder, ...command] = process.argv.slice(2);
const extension = require(extensionPath);

const until = (name) => new Promise((resolve) => (state.listeners[name] = resolve));
const provider = (kind) => state.providers[kind].provider;

function makeDocument(name, text) {
  return {
    uri: vscode.Uri.file(path.join(folder, name)),
    languageId: "rasp",
    version: 1,
    text,
    getText() {
      return this.text;
    },
  };
}

async function main() {
  const shown = {};
  state.settings["server.command"] = command;
  state.folders = [folder];
  const document = makeDocument("main.rasp", "def f(x) { return x; }\nhalf  = f(indices);\nz = halff;\n");
  state.documents = [document];
  const context = { subscriptions: [] };
  const published = until("diagnostics");
  await extension.activate(context);
  await published;
  const uri = document.uri.toString();
  shown.diagnostics = state.diagnostics[uri].map((d) => [d.message, d.range.start, d.severity]);

  const y = new vscode.Position(1, 0);
  shown.hover = (await provider("Hover").provideHover(document, y)).contents.value;
  shown.definition = (await provider("Definition").provideDefinition(document, y)).range.start;
  shown.references = await provider("Reference").provideReferences(document, y, {
    includeDeclaration: true,
  });
  shown.highlights = await provider("DocumentHighlight").provideDocumentHighlights(document, y);
  const rename = provider("Rename");
  const free = await rename.provideRenameEdits(document, new vscode.Position(0, 6), "new");
  shown.rename = free.changes[uri].map((edit) => [edit.range.start, edit.newText]);
  shown.placeholder = (await rename.prepareRename(document, y)).placeholder;
  shown.refused = await rename
    .prepareRename(document, new vscode.Position(1, 10))
    .catch((error) => error.message);
  shown.symbols = await provider("DocumentSymbol").provideDocumentSymbols(document);
  const completion = provider("CompletionItem");
  const items = await completion.provideCompletionItems(document, new vscode.Position(1, 8));
  const shift = items.find((item) => item.label === "shift");
  await completion.resolveCompletionItem(shift);
  shown.completion = [shift.kind, shift.detail, shift.documentation.value];
  const help = await provider("SignatureHelp").provideSignatureHelp(
    document,
    new vscode.Position(1, 10),
  );
  shown.signature = [help.signatures[0].label, help.activeParameter];
  const [action] = await provider("CodeActions").provideCodeActions(
    document,
    new vscode.Range(new vscode.Position(2, 4), new vscode.Position(2, 4)),
  );
  shown.action = [action.title, action.edit.changes[uri][0].newText, action.isPreferred];
  const options = { tabSize: 4, insertSpaces: true };
  const edits = await provider("DocumentFormattingEdit").provideDocumentFormattingEdits(
    document,
    options,
  );
  shown.formatting = edits.map((edit) => edit.newText);
  const tokens = await provider("DocumentSemanticTokens").provideDocumentSemanticTokens(document);
  shown.tokens = Array.from(tokens.data.slice(0, 5));

  const changed = until("diagnostics");
  document.text = document.text.replace("halff", "half");
  document.version = 2;
  state.listeners.change({ document });
  await changed;
  shown.mended = state.diagnostics[uri];

  const again = until("diagnostics");
  await state.commands["rasp.restartServer"]();
  await again;
  shown.restarted = state.diagnostics[uri];

  state.settings["server.command"] = ["no-such-command-anywhere", "lsp"];
  const failed = until("error");
  state.listeners.configuration({ affectsConfiguration: () => true });
  await failed;
  shown.errors = state.errors;
  shown.silent = await provider("Hover").provideHover(document, y);
  await extension.deactivate();
  context.subscriptions.forEach((subscription) => subscription.dispose());
  shown.left = Object.keys(state.providers);
  console.log(JSON.stringify(shown));
}

main().catch((error) => {
  console.error(error, state.output);
  process.exit(1);
});
