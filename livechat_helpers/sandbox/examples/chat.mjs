// Open a chat from Node without a package: application, token, user, conversation, message.
import { createSign, generateKeyPairSync, randomUUID } from "node:crypto";

const { SANDBOX, VONAGE_API_KEY, VONAGE_API_SECRET } = process.env;

async function call(method, path, authorization, body) {
	const answer = await fetch(SANDBOX + path, {
		method,
		headers: { authorization, "content-type": "application/json" },
		body: body && JSON.stringify(body),
	});
	if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
	return answer.json();
}

// 1. An application with a public key. Its private key signs every token.
const keys = generateKeyPairSync("rsa", {
	modulusLength: 2048,
	publicKeyEncoding: { type: "spki", format: "pem" },
	privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const account = `Basic ${Buffer.from(`${VONAGE_API_KEY}:${VONAGE_API_SECRET}`).toString("base64")}`;
const application = await call("POST", "/v2/applications", account, {
	name: "node",
	keys: { public_key: keys.publicKey },
});

// 2. A token for the application.
const part = value => Buffer.from(JSON.stringify(value)).toString("base64url");
const now = Math.floor(Date.now() / 1000);
const claims = { application_id: application.id, iat: now, exp: now + 900, jti: randomUUID() };
const unsigned = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
const signature = createSign("RSA-SHA256").update(unsigned).sign(keys.privateKey, "base64url");
const bearer = `Bearer ${unsigned}.${signature}`;

// 3. A user, a conversation, and the user as its member.
await call("POST", "/v1/users", bearer, { name: "node-alice" });
const conversation = await call("POST", "/v1/conversations", bearer, {});
const chat = `/v1/conversations/${conversation.id}`;
const member = await call("POST", `${chat}/members`, bearer, {
	state: "joined",
	user: { name: "node-alice" },
	channel: { type: "app" },
});

// 4. A message, and the history that contains it.
await call("POST", `${chat}/events`, bearer, {
	type: "message",
	from: member.id,
	body: { message_type: "text", text: "Hello from Node" },
});
console.log(JSON.stringify(await call("GET", `${chat}/events`, bearer)));
