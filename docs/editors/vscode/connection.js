// Messages of the language server protocol <-> a process's standard input and output.
//
// Knows nothing of editors: requests are promises, notifications are handed to one function.

"use strict";

const { spawn } = require("child_process");

const MAX_RESTARTS = 3;

class Connection {
  // command: the program and its arguments; onNotification(method, params); onEnd(reason) when the
  // process has ended by itself or could not be started; log(text) takes what it writes as errors.
  constructor(command, options, { onNotification, onEnd, log }) {
    this.next = 1;
    this.waiting = new Map();
    this.buffer = Buffer.alloc(0);
    this.ended = false;
    this.onNotification = onNotification;
    this.process = spawn(command[0], command.slice(1), { stdio: "pipe", ...options });
    this.process.on("error", (error) => this.end(onEnd, error.message));
    this.process.on("exit", (code, signal) => this.end(onEnd, `it ended with ${signal || code}`));
    this.process.stdout.on("data", (data) => this.receive(data));
    this.process.stderr.on("data", (data) => log(data.toString()));
    this.process.stdin.on("error", () => {}); // the process is gone, which "exit" tells
  }

  request(method, params) {
    if (this.ended) {
      return Promise.reject(new Error("the language server is not running"));
    }
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send({ id, method, params });
    });
  }

  notify(method, params) {
    if (!this.ended) {
      this.send({ method, params });
    }
  }

  // Asks the server to end, and waits until it has.
  async stop() {
    if (this.ended) {
      return;
    }
    const gone = new Promise((resolve) => this.process.once("exit", resolve));
    this.expected = true;
    await this.request("shutdown").catch(() => {});
    this.notify("exit");
    await gone;
  }

  send(message) {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }), "utf8");
    this.process.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.process.stdin.write(body);
  }

  receive(data) {
    this.buffer = Buffer.concat([this.buffer, data]);
    for (;;) {
      const headerEnd = this.buffer.indexOf("\r\n\r\n");
      if (headerEnd < 0) {
        return;
      }
      const header = this.buffer.toString("ascii", 0, headerEnd);
      const length = Number(/content-length: *(\d+)/i.exec(header)[1]);
      const start = headerEnd + 4;
      if (this.buffer.length < start + length) {
        return;
      }
      const body = this.buffer.toString("utf8", start, start + length);
      this.buffer = this.buffer.subarray(start + length);
      this.take(JSON.parse(body));
    }
  }

  take(message) {
    if (message.method !== undefined && message.id !== undefined) {
      this.send({ id: message.id, result: null }); // a question of the server: nothing is asked of us
    } else if (message.method !== undefined) {
      this.onNotification(message.method, message.params);
    } else if (this.waiting.has(message.id)) {
      const { resolve, reject } = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (message.error) {
        reject(new Error(message.error.message));
      } else {
        resolve(message.result);
      }
    }
  }

  end(onEnd, reason) {
    if (this.ended) {
      return;
    }
    this.ended = true;
    for (const { reject } of this.waiting.values()) {
      reject(new Error("the language server has ended"));
    }
    this.waiting.clear();
    if (!this.expected) {
      onEnd(reason);
    }
  }
}

module.exports = { Connection, MAX_RESTARTS };
