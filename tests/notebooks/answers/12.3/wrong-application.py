in_our_words = {
    "PubNub keyset": "token",
    "PubNub membership": "member",
    "Sendbird group channel": "conversation",
    "Sendbird session token": "token",
    "Ably clientId": "user",
    "Ably capabilities": "ACL",
    "Ably integration rule": "webhook",
}
