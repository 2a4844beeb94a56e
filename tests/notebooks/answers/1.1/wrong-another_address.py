webhooks = {"event_url": {"address": "https://example.com/hook", "http_method": "POST"}}
practice = vonage.application.create_application(
    ApplicationConfig.model_validate(
        {"name": "Practice", "capabilities": {"rtc": {"webhooks": webhooks}}}
    )
)
