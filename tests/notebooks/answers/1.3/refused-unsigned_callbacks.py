hooks = {"event_url": {"address": event_url, "http_method": "POST"}}
mended = vonage.application.update_application(
    spare.id,
    ApplicationConfig.model_validate(
        {
            "name": "Spare, mended",
            "capabilities": {"rtc": {"webhooks": hooks, "signed_callbacks": False}},
            "privacy": {"improve_ai": False},
        }
    ),
)
