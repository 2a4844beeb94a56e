#!/bin/sh
# Open a chat with plain curl: application, token, user, conversation, member, message.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Take the text after the first "NAME": in the input.
pick() { sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p" | head -n 1; }

# 1. An application with a public key. Its private key signs every token.
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/key" 2>/dev/null
public=$(openssl pkey -in "$work/key" -pubout | awk '{printf "%s\\n", $0}')
application=$(curl -sSf -u "$VONAGE_API_KEY:$VONAGE_API_SECRET" "$SANDBOX/v2/applications" \
	-d "{\"name\": \"curl\", \"keys\": {\"public_key\": \"$public\"}}" \
	-H 'Content-Type: application/json' | tr ',{' '\n\n' | pick id)

# 2. A token for the application. It has three parts in base64url, and the last one is
# the signature.
encoded() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
now=$(date +%s)
head=$(printf '{"alg":"RS256","typ":"JWT"}' | encoded)
claims=$(printf '{"application_id":"%s","iat":%s,"exp":%s,"jti":"%s"}' \
	"$application" "$now" $((now + 900)) "curl-$now-$$" | encoded)
signature=$(printf %s "$head.$claims" | openssl dgst -sha256 -sign "$work/key" | encoded)
token="$head.$claims.$signature"

call() { # call METHOD PATH [BODY]
	curl -sSf -X "$1" "$SANDBOX$2" -H "Authorization: Bearer $token" \
		-H 'Content-Type: application/json' ${3:+-d "$3"}
}

# 3. A user, a conversation, and the user as its member.
call POST /v1/users '{"name": "curl-alice"}' >"$work/user"
conversation=$(call POST /v1/conversations '{}' | tr ',{' '\n\n' | pick id)
member=$(call POST "/v1/conversations/$conversation/members" \
	'{"state": "joined", "user": {"name": "curl-alice"}, "channel": {"type": "app"}}' |
	tr ',{' '\n\n' | pick id)

# 4. A message, and the history that contains it.
call POST "/v1/conversations/$conversation/events" \
	"{\"type\": \"message\", \"from\": \"$member\", \"body\": {\"message_type\": \"text\", \"text\": \"Hello from curl\"}}" >"$work/sent"
call GET "/v1/conversations/$conversation/events"
echo
