webhooks = {"event_url": {"address": "https://example.com/hook", "http_method": "POST"}}
mended = vonage.application.update_application(
    spare.id,
    ApplicationConfig.model_validate(
        {"name": "Spare, mended", "capabilities": {"rtc": {"webhooks": webhooks}}}
    ),
)
