// The extension: starts `rasp lsp`, tells it of the programs that are open, shows what it says.

"use strict";

const fs = require("fs");
const path = require("path");
const vscode = require("vscode");
const { Connection, MAX_RESTARTS } = require("./connection");
const convert = require("./convert");
const { register } = require("./providers");

let server = null; // the running one
let output = null;
let diagnostics = null;
let nRestarts = 0;
const registered = [];

async function activate(context) {
  output = vscode.window.createOutputChannel("RASP");
  diagnostics = vscode.languages.createDiagnosticCollection("rasp");
  const workspace = vscode.workspace;
  context.subscriptions.push(
    output,
    diagnostics,
    workspace.onDidOpenTextDocument(opened),
    workspace.onDidChangeTextDocument((event) => changed(event.document)),
    workspace.onDidSaveTextDocument((document) => tell("didSave", document, {})),
    workspace.onDidCloseTextDocument(closed),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("rasp.server")) {
        return restart();
      }
    }),
    vscode.commands.registerCommand("rasp.restartServer", restart),
    vscode.commands.registerCommand("rasp.showOutput", () => output.show()),
    { dispose: () => registered.splice(0).forEach((provider) => provider.dispose()) },
  );
  await start();
}

async function deactivate() {
  await stop();
}

async function restart() {
  nRestarts = 0;
  await stop();
  await start();
}

async function stop() {
  const running = server;
  server = null;
  diagnostics.clear();
  if (running) {
    await running.stop();
  }
}

// The command of the settings; else the one of the workspace's own environment; else that of the path.
function command(folder) {
  const configured = vscode.workspace.getConfiguration("rasp").get("server.command");
  if (configured && configured.length) {
    return configured;
  }
  const windows = process.platform === "win32";
  if (folder && vscode.workspace.isTrusted) {
    const inside = windows ? ["Scripts", "rasp.exe"] : ["bin", "rasp"];
    const own = path.join(folder, ".venv", ...inside);
    if (fs.existsSync(own)) {
      return [own, "lsp"];
    }
  }
  return ["rasp", "lsp"];
}

async function start() {
  const folders = vscode.workspace.workspaceFolders || [];
  const folder = folders.length ? folders[0].uri.fsPath : undefined;
  const line = command(folder);
  output.appendLine(`starting ${line.join(" ")}`);
  const connection = new Connection(
    line,
    { cwd: folder },
    { onNotification: notified, onEnd: (reason) => ended(connection, line, reason), log },
  );
  server = connection;
  try {
    const answer = await connection.request("initialize", {
      processId: process.pid,
      rootUri: folders.length ? folders[0].uri.toString() : null,
      workspaceFolders: folders.map((f) => ({ uri: f.uri.toString(), name: f.name })),
      capabilities: {
        general: { positionEncodings: ["utf-16"] },
        textDocument: { publishDiagnostics: { relatedInformation: true } },
      },
    });
    connection.notify("initialized", {});
    if (!registered.length) {
      const legend = answer.capabilities.semanticTokensProvider.legend;
      registered.push(...register(ask, legend));
    }
    vscode.workspace.textDocuments.forEach(opened);
  } catch (error) {
    output.appendLine(error.message);
  }
}

// It could not be started, or has broken off: begun anew a few times, then left.
async function ended(connection, line, reason) {
  output.appendLine(`${line.join(" ")}: ${reason}`);
  if (server !== connection) {
    return;
  }
  server = null;
  diagnostics.clear();
  const missing = /ENOENT/.test(reason);
  if (!missing && nRestarts < MAX_RESTARTS) {
    nRestarts += 1;
    await start();
    return;
  }
  const advice = missing
    ? "Install it with pip install 'rasp-lang[lsp]', or name it in the setting rasp.server.command."
    : "The output channel RASP has the details.";
  vscode.window.showErrorMessage(`RASP: cannot run '${line.join(" ")}'. ${advice}`);
}

function ask(method, params) {
  if (!server) {
    return Promise.resolve(null);
  }
  return server.request(method, params);
}

function log(text) {
  output.append(text);
}

function notified(method, params) {
  if (method === "textDocument/publishDiagnostics") {
    diagnostics.set(vscode.Uri.parse(params.uri), params.diagnostics.map(convert.diagnostic));
  } else if (method === "window/logMessage" || method === "window/showMessage") {
    output.appendLine(params.message);
  }
}

// ---- documents

function opened(document) {
  if (document.languageId === "rasp" && server) {
    const { version } = document;
    const textDocument = {
      uri: document.uri.toString(),
      languageId: "rasp",
      version,
      text: document.getText(),
    };
    server.notify("textDocument/didOpen", { textDocument });
  }
}

function changed(document) {
  tell("didChange", document, { contentChanges: [{ text: document.getText() }] });
}

function closed(document) {
  tell("didClose", document, {});
  diagnostics.delete(document.uri);
}

function tell(what, document, more) {
  if (document.languageId === "rasp" && server) {
    const textDocument = { uri: document.uri.toString(), version: document.version };
    server.notify(`textDocument/${what}`, { textDocument, ...more });
  }
}

module.exports = { activate, deactivate };
