// The server of a 2019 support desk: it opens a chat, with nexmo 2.7.0-beta-1.
//
// Prints the answers it gets.
"use strict";

const { promisify } = require("node:util");
const Nexmo = require("nexmo");

const {
  NEXMO_API_KEY: apiKey,
  NEXMO_API_SECRET: apiSecret,
  NEXMO_APPLICATION_ID: applicationId,
  NEXMO_APPLICATION_PRIVATE_KEY_PATH: privateKey,
  SUPPORT_AGENT: agentId,
} = process.env;

const topics = ["users", "conversations", "sessions", "devices", "image", "media"];
const acl = {
  paths: Object.fromEntries(
    [...topics, "applications", "push", "knocking", "legs"].map((topic) => [
      `/*/${topic}/**`,
      {},
    ]),
  ),
};

const nexmo = new Nexmo({ apiKey, apiSecret, applicationId, privateKey });
const ask = (resource, method, ...given) =>
  promisify(resource[method].bind(resource))(...given);

async function openChat() {
  const { conversations } = nexmo;
  const join = (user_id) =>
    ask(conversations.members, "add", conversation.id, {
      action: "join",
      user_id,
      channel: { type: "app" },
    });

  const user = await ask(nexmo.users, "create", { name: "swift-otter" });
  const conversation = await ask(conversations, "create", { display_name: "otter" });
  const member = await join(user.id);
  const agent = await join(agentId);
  const jwt = Nexmo.generateJwt(privateKey, {
    application_id: applicationId,
    sub: member.name,
    exp: new Date().getTime() + 86400, // milliseconds plus seconds: the tutorial's own mistake
    acl,
  });
  return { user, conversation, member, agent, jwt };
}

openChat().then(
  (chat) => console.log(JSON.stringify(chat)),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
