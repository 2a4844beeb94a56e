// Redirects a program's requests to Vonage's hosts to a sandbox on this machine.
//
// Vonage's hosts are built into programs from 2019. With `node --require`, Node loads this
// file before the program, which doesn't have to change. The file only uses Node's public
// interface: `https.globalAgent` makes the connection for every request that doesn't
// bring its own agent. (`fetch` uses no agent, but code that calls it can be told the
// host.)
//
// VONAGE_SANDBOX_TLS_PORT  the sandbox's TLS port
// NODE_EXTRA_CA_CERTS      the sandbox's ca.pem
"use strict";

const https = require("node:https");

const PORT = Number(process.env.VONAGE_SANDBOX_TLS_PORT);
const VONAGE_HOST = /(^|\.)(nexmo|vonage)\.com$/;

class SandboxAgent extends https.Agent {
  createConnection(options, connected) {
    if (!VONAGE_HOST.test(options.host)) {
      return super.createConnection(options, connected);
    }
    // The server name doesn't change, because the sandbox's certificate includes it.
    const local = { host: "127.0.0.1", port: PORT, servername: options.host };
    return super.createConnection({ ...options, ...local }, connected);
  }
}

https.globalAgent = new SandboxAgent();
