// What the protocol calls things -> what the editor calls them.

"use strict";

const vscode = require("vscode");

const SEVERITIES = [
  undefined,
  vscode.DiagnosticSeverity.Error,
  vscode.DiagnosticSeverity.Warning,
  vscode.DiagnosticSeverity.Information,
  vscode.DiagnosticSeverity.Hint,
];

const position = (place) => new vscode.Position(place.line, place.character);
const range = (area) => new vscode.Range(position(area.start), position(area.end));
const location = (place) => new vscode.Location(vscode.Uri.parse(place.uri), range(place.range));
const markdown = (content) =>
  typeof content === "string" ? content : new vscode.MarkdownString(content.value);

function diagnostic(found) {
  const made = new vscode.Diagnostic(range(found.range), found.message, SEVERITIES[found.severity]);
  made.code = found.code;
  made.source = found.source;
  made.relatedInformation = (found.relatedInformation || []).map(
    (other) => new vscode.DiagnosticRelatedInformation(location(other.location), other.message),
  );
  return made;
}

function edits(changes) {
  return changes.map((change) => vscode.TextEdit.replace(range(change.range), change.newText));
}

function workspaceEdit(edit) {
  const made = new vscode.WorkspaceEdit();
  for (const [uri, changes] of Object.entries(edit.changes || {})) {
    made.set(vscode.Uri.parse(uri), edits(changes));
  }
  return made;
}

// The protocol counts kinds from 1, the editor from 0.
function symbol(found) {
  const made = new vscode.DocumentSymbol(
    found.name,
    found.detail || "",
    found.kind - 1,
    range(found.range),
    range(found.selectionRange),
  );
  made.children = (found.children || []).map(symbol);
  return made;
}

function completion(found) {
  const made = new vscode.CompletionItem(found.label, found.kind - 1);
  made.original = found;
  return made;
}

function signatureHelp(found) {
  const made = new vscode.SignatureHelp();
  made.activeSignature = found.activeSignature;
  made.activeParameter = found.activeParameter;
  made.signatures = found.signatures.map((signature) => {
    const one = new vscode.SignatureInformation(signature.label, markdown(signature.documentation));
    one.parameters = signature.parameters.map((p) => new vscode.ParameterInformation(p.label));
    return one;
  });
  return made;
}

function codeAction(found) {
  const made = new vscode.CodeAction(found.title, vscode.CodeActionKind.QuickFix);
  made.edit = workspaceEdit(found.edit);
  made.diagnostics = (found.diagnostics || []).map(diagnostic);
  made.isPreferred = found.isPreferred;
  return made;
}

module.exports = {
  codeAction,
  completion,
  diagnostic,
  edits,
  location,
  markdown,
  range,
  signatureHelp,
  symbol,
  workspaceEdit,
};
