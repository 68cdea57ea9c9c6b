// What the editor asks about a program -> what the language server answers.
//
// ask(method, params) gives the answer of the server that is running just then.

"use strict";

const vscode = require("vscode");
const convert = require("./convert");

const LANGUAGE = { language: "rasp" };

function register(ask, legend) {
  const languages = vscode.languages;
  const here = (document) => ({ textDocument: { uri: document.uri.toString() } });
  const at = (document, position) => ({ ...here(document), position });

  async function each(method, params, make) {
    return ((await ask(method, params)) || []).map(make);
  }
  async function one(method, params, make) {
    const found = await ask(method, params);
    return found ? make(found) : undefined;
  }
  async function edits(method, params) {
    return one(method, params, convert.edits);
  }

  return [
    languages.registerHoverProvider(LANGUAGE, {
      provideHover: (document, position) =>
        one("textDocument/hover", at(document, position), (found) =>
          new vscode.Hover(convert.markdown(found.contents)),
        ),
    }),
    languages.registerDefinitionProvider(LANGUAGE, {
      provideDefinition: (document, position) =>
        one("textDocument/definition", at(document, position), convert.location),
    }),
    languages.registerReferenceProvider(LANGUAGE, {
      provideReferences: (document, position, context) =>
        each("textDocument/references", { ...at(document, position), context }, convert.location),
    }),
    languages.registerDocumentHighlightProvider(LANGUAGE, {
      provideDocumentHighlights: (document, position) =>
        each("textDocument/documentHighlight", at(document, position), (found) =>
          new vscode.DocumentHighlight(convert.range(found.range), found.kind - 1),
        ),
    }),
    languages.registerRenameProvider(LANGUAGE, {
      prepareRename: async (document, position) => {
        const found = await ask("textDocument/prepareRename", at(document, position));
        if (!found) {
          throw new Error("there is no name here that could be changed");
        }
        return { range: convert.range(found.range), placeholder: found.placeholder };
      },
      provideRenameEdits: (document, position, newName) =>
        one("textDocument/rename", { ...at(document, position), newName }, convert.workspaceEdit),
    }),
    languages.registerDocumentSymbolProvider(LANGUAGE, {
      provideDocumentSymbols: (document) =>
        each("textDocument/documentSymbol", here(document), convert.symbol),
    }),
    languages.registerCompletionItemProvider(LANGUAGE, {
      provideCompletionItems: async (document, position) => {
        const found = await ask("textDocument/completion", at(document, position));
        return found.items.map(convert.completion);
      },
      resolveCompletionItem: async (item) => {
        const found = await ask("completionItem/resolve", item.original);
        item.detail = found.detail;
        item.documentation = found.documentation && convert.markdown(found.documentation);
        return item;
      },
    }),
    languages.registerSignatureHelpProvider(
      LANGUAGE,
      {
        provideSignatureHelp: (document, position) =>
          one("textDocument/signatureHelp", at(document, position), convert.signatureHelp),
      },
      "(",
      ",",
    ),
    languages.registerCodeActionsProvider(
      LANGUAGE,
      {
        provideCodeActions: (document, range) =>
          each(
            "textDocument/codeAction",
            { ...here(document), range, context: { diagnostics: [] } },
            convert.codeAction,
          ),
      },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
    languages.registerDocumentFormattingEditProvider(LANGUAGE, {
      provideDocumentFormattingEdits: (document, options) =>
        edits("textDocument/formatting", { ...here(document), options }),
    }),
    languages.registerDocumentRangeFormattingEditProvider(LANGUAGE, {
      provideDocumentRangeFormattingEdits: (document, range, options) =>
        edits("textDocument/rangeFormatting", { ...here(document), range, options }),
    }),
    languages.registerDocumentSemanticTokensProvider(
      LANGUAGE,
      {
        provideDocumentSemanticTokens: (document) =>
          one("textDocument/semanticTokens/full", here(document), (found) =>
            new vscode.SemanticTokens(new Uint32Array(found.data)),
          ),
      },
      new vscode.SemanticTokensLegend(legend.tokenTypes, legend.tokenModifiers),
    ),
  ];
}

module.exports = { LANGUAGE, register };
