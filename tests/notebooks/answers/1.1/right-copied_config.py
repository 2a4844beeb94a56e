practice = vonage.application.create_application(
    config.model_copy(update={"name": "Practice"})
)
