hooks = {"event_url": {"address": lesson.website.url, "http_method": "POST"}}
practice = vonage.application.create_application(
    ApplicationConfig.model_validate(
        {"name": "Practice", "capabilities": {"rtc": {"webhooks": hooks}}}
    )
)
