in_our_words = {
    "PubNub keyset": "application",
    "PubNub membership": "member",
    "Sendbird group channel": "application",
    "Sendbird session token": "token",
    "Ably clientId": "user",
    "Ably capabilities": "ACL",
    "Ably integration rule": "webhook",
}
