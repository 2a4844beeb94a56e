// Users, conversations, members and events with @vonage/users and
// @vonage/conversations 1.17.1.
//
// Prints the answer to each call, by the call's name.
import { readFileSync } from "node:fs";

import { Auth } from "@vonage/auth";
import { Conversations } from "@vonage/conversations";
import { SortOrder, Users } from "@vonage/users";

const auth = new Auth({
  applicationId: process.env.VONAGE_APPLICATION_ID,
  privateKey: readFileSync(process.env.VONAGE_PRIVATE_KEY_PATH, "utf-8"),
});
const options = { apiHost: process.env.VONAGE_API_HOST };
const users = new Users(auth, options);
const conversations = new Conversations(auth, options);

async function all(items) {
  const found = [];
  for await (const item of items) {
    found.push(item);
  }
  return found;
}

const refusal = async (answer) => {
  try {
    return await answer;
  } catch ({ response }) {
    return { status: response.status, body: await response.json() };
  }
};

const told = {};

for (const name of ["alice", "bob", "carol"]) {
  told[name] = await users.createUser({
    name,
    displayName: `The ${name}`,
    properties: { customData: { camelCase: true } },
  });
}
told.users = await all(users.listAllUsers({ pageSize: 2, order: SortOrder.DESC }));
told.user = await users.getUser(told.alice.id);
told.renamed = await users.updateUser({ ...told.user, displayName: "Alice" });
told.duplicate = await refusal(users.createUser({ name: "alice" }));

told.made = await conversations.createConversation({
  name: "a-chat",
  displayName: "A chat",
  properties: { ttl: 600, customData: { camelCase: true } },
});
const { id } = told.made;
told.conversation = await conversations.getConversation(id);
told.changed = await conversations.updateConversation({
  ...told.conversation,
  displayName: "The chat",
});
told.conversations = await all(conversations.listAllConversations());

const join = (user, state = "JOINED") =>
  conversations.createMember(id, { state, user, channel: { type: "app" } });
told.member = await join(told.alice);
told.invited = await join({ name: "bob" }, "INVITED");
told.accepted = await conversations.updateMember(id, told.invited.id, {
  state: "JOINED",
});
told.left = await conversations.updateMember(id, told.invited.id, {
  state: "LEFT",
  reason: { code: "1", text: "bye" },
});
told.oneMember = await conversations.getMember(id, told.member.id);
told.members = await all(conversations.listAllMembers(id, { pageSize: 1 }));
told.ofUser = await all(conversations.listAllUserConversations(told.alice.id));
told.sessions = await all(conversations.listAllUserSessions(told.alice.id));

told.sent = [];
for (let number = 1; number <= 25; number++) {
  told.sent.push(
    await conversations.createEvent(id, {
      type: "message",
      from: told.member.id,
      body: { messageType: "text", text: `text ${number}` },
    }),
  );
}
told.events = await all(conversations.listAllEvents(id, { eventType: "message" }));
await conversations.deleteEvent(id, told.sent[0].id);
told.deletedEvent = await conversations.getEvent(id, told.sent[0].id);

await conversations.deleteConversation(id);
told.deletedConversation = await refusal(conversations.getConversation(id));
await users.deleteUser(told.carol.id);
told.deletedUser = await refusal(users.getUser(told.carol.id));

console.log(JSON.stringify(told));
