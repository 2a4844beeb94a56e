hooks = {"event_url": {"address": event_url + "/", "http_method": "POST"}}
practice = vonage.application.create_application(
    ApplicationConfig.model_validate(
        {"name": "Practice", "capabilities": {"rtc": {"webhooks": hooks}}}
    )
)
