webhooks = {"event_url": {"address": event_url, "http_method": "GET"}}
practice = vonage.application.create_application(
    ApplicationConfig.model_validate(
        {"name": "Practice", "capabilities": {"rtc": {"webhooks": webhooks}}}
    )
)
