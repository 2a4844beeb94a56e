webhooks = {"event_url": {"address": event_url, "http_method": "GET"}}
mended = vonage.application.update_application(
    spare.id,
    ApplicationConfig.model_validate(
        {"name": "Spare, mended", "capabilities": {"rtc": {"webhooks": webhooks}}}
    ),
)
