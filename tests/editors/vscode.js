// As much of the editor's own module as the extension uses, without an editor.
//
// What was registered is in `state`, for a session to ask as the editor would.

"use strict";

const { fileURLToPath, pathToFileURL } = require("url");

class Position {
  constructor(line, character) {
    Object.assign(this, { line, character });
  }
}
class Range {
  constructor(start, end) {
    Object.assign(this, { start, end });
  }
}
class Uri {
  constructor(text) {
    this.text = text;
  }
  static parse(text) {
    return new Uri(text);
  }
  static file(path) {
    return new Uri(pathToFileURL(path).href);
  }
  get fsPath() {
    return fileURLToPath(this.text);
  }
  toString() {
    return this.text;
  }
}
// A class whose arguments become fields of these names.
const record = (...names) =>
  class {
    constructor(...values) {
      names.forEach((name, place) => (this[name] = values[place]));
    }
  };
class WorkspaceEdit {
  constructor() {
    this.changes = {};
  }
  set(uri, edits) {
    this.changes[uri.toString()] = edits;
  }
}
const TextEdit = record("range", "newText");
TextEdit.replace = (range, text) => new TextEdit(range, text);

const state = {
  providers: {},
  diagnostics: {},
  commands: {},
  settings: {},
  errors: [],
  output: "",
  listeners: {},
  documents: [],
  folders: [],
};
const disposable = (dispose = () => {}) => ({ dispose });
const event = (name) => (listener) => {
  state.listeners[name] = listener;
  return disposable();
};
const languages = {
  createDiagnosticCollection: () => ({
    set: (uri, found) => {
      state.diagnostics[uri.toString()] = found;
      (state.listeners.diagnostics || (() => {}))();
    },
    delete: (uri) => delete state.diagnostics[uri.toString()],
    clear: () => (state.diagnostics = {}),
    dispose: () => {},
  }),
};
for (const kind of [
  "Hover",
  "Definition",
  "Reference",
  "DocumentHighlight",
  "Rename",
  "DocumentSymbol",
  "CompletionItem",
  "SignatureHelp",
  "DocumentFormattingEdit",
  "DocumentRangeFormattingEdit",
  "DocumentSemanticTokens",
  "CodeActions",
]) {
  const name = kind === "CodeActions" ? "registerCodeActionsProvider" : `register${kind}Provider`;
  languages[name] = (selector, provider, ...more) => {
    state.providers[kind] = { selector, provider, more };
    return disposable(() => delete state.providers[kind]);
  };
}

module.exports = {
  state,
  Position,
  Range,
  Uri,
  WorkspaceEdit,
  TextEdit,
  Location: record("uri", "range"),
  Hover: record("contents"),
  MarkdownString: record("value"),
  Diagnostic: record("range", "message", "severity"),
  DiagnosticRelatedInformation: record("location", "message"),
  DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
  DocumentHighlight: record("range", "kind"),
  DocumentSymbol: record("name", "detail", "kind", "range", "selectionRange"),
  CompletionItem: record("label", "kind"),
  SignatureHelp: record(),
  SignatureInformation: record("label", "documentation"),
  ParameterInformation: record("label"),
  CodeAction: record("title", "kind"),
  CodeActionKind: { QuickFix: "quickfix" },
  SemanticTokens: record("data"),
  SemanticTokensLegend: record("tokenTypes", "tokenModifiers"),
  languages,
  commands: {
    registerCommand: (name, run) => {
      state.commands[name] = run;
      return disposable();
    },
  },
  window: {
    createOutputChannel: () => ({
      append: (text) => (state.output += text),
      appendLine: (text) => (state.output += text + "\n"),
      show: () => {},
      dispose: () => {},
    }),
    showErrorMessage: (text) => {
      state.errors.push(text);
      (state.listeners.error || (() => {}))();
    },
  },
  workspace: {
    isTrusted: true,
    get textDocuments() {
      return state.documents;
    },
    get workspaceFolders() {
      return state.folders.map((path) => ({ uri: Uri.file(path), name: "folder" }));
    },
    getConfiguration: () => ({ get: (name) => state.settings[name] }),
    onDidOpenTextDocument: event("open"),
    onDidChangeTextDocument: event("change"),
    onDidSaveTextDocument: event("save"),
    onDidCloseTextDocument: event("close"),
    onDidChangeConfiguration: event("configuration"),
  },
};
