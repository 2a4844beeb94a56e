practice = vonage.application.create_application(
    ApplicationConfig.model_validate(
        {"name": "Practice", "capabilities": {"rtc": {"webhooks": webhooks}}}
    )
)
