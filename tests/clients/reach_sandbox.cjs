// Sends whatever a program asks of a Vonage host to a sandbox on this machine.
//
// Programs from 2019 have the hosts of Vonage built in. With `node --require` this file
// is there before them, and they don't have to be changed. It uses Node's public interface
// alone: `https.globalAgent` makes the connection of every request that does not bring
// an agent of its own. (`fetch` asks no agent; code that uses it can be given the
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
    // The server name stays: the sandbox's certificate is made for it as well.
    const local = { host: "127.0.0.1", port: PORT, servername: options.host };
    return super.createConnection({ ...options, ...local }, connected);
  }
}

https.globalAgent = new SandboxAgent();
