// Every other call of nexmo 2.7.0-beta-1 on users, conversations, members and events.
//
// Prints the answer to each call, by the call's name.
"use strict";

const { promisify } = require("node:util");
const Nexmo = require("nexmo");

const nexmo = new Nexmo({
  apiKey: process.env.NEXMO_API_KEY,
  apiSecret: process.env.NEXMO_API_SECRET,
  applicationId: process.env.NEXMO_APPLICATION_ID,
  privateKey: process.env.NEXMO_APPLICATION_PRIVATE_KEY_PATH,
});
const ask = (resource, method, ...given) =>
  promisify(resource[method].bind(resource))(...given);

// Gets the pages of a list, from the first to the last.
async function pages(resource, ...given) {
  const found = [await ask(resource, "get", ...given)];
  while (found.at(-1)._links.next) {
    found.push(await ask(resource, "next", found.at(-1)));
  }
  return found;
}

async function callAll() {
  const { users, conversations } = nexmo;
  const { members, events } = conversations;
  const told = {};
  const [alice, bob, carol] = await Promise.all(
    ["alice", "bob", "carol"].map((name) => ask(users, "create", { name })),
  );
  const { id } = await ask(conversations, "create", { name: "a chat" });
  const app = { channel: { type: "app" } };
  const invite = { action: "invite", user_name: "bob", ...app };
  const invited = await ask(members, "create", id, invite);
  const join = { action: "join", user_id: alice.id, ...app };
  const member = await ask(members, "create", id, join);
  told.accepted = await ask(members, "update", id, invited.id, {
    action: "join",
    ...app,
  });
  const text = { type: "text", from: member.id, body: { text: "hello" } };
  told.sent = await ask(events, "create", id, text);

  told.users = await pages(users, { page_size: 1, order: "asc" });
  told.user = await ask(users, "get", alice.id);
  told.conversationsOfUser = await ask(users, "getConversations", alice.id, {});
  told.conversations = await pages(conversations, { page_size: 1 });
  told.conversation = await ask(conversations, "get", id);
  told.members = await pages(members, id, { page_size: 1 });
  told.member = await ask(members, "get", id, member.id);
  told.events = await pages(events, id, { page_size: 2 });
  told.event = await ask(events, "get", id, String(told.sent.id));

  told.renamed = await ask(users, "update", carol.id, { display_name: "Carol" });
  told.changed = await ask(conversations, "update", id, { display_name: "Chat" });
  told.refused = await ask(users, "create", { name: "alice" }).catch(
    ({ statusCode, body }) => ({ statusCode, body }),
  );
  told.deletedEvent = await ask(events, "delete", id, told.sent.id);
  told.deletedMember = await ask(members, "delete", id, invited.id);
  told.deletedUser = await ask(users, "delete", carol.id);
  told.deletedConversation = await ask(conversations, "delete", id);
  return told;
}

callAll().then(
  (told) => console.log(JSON.stringify(told)),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
