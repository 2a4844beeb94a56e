in_our_words = {
    "PubNub keyset": "application",
    "PubNub membership": "member",
    "Sendbird group channel": "conversation",
    "Sendbird session token": "event",
    "Ably clientId": "user",
    "Ably capabilities": "ACL",
    "Ably integration rule": "webhook",
}
