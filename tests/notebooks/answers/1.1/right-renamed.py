made = vonage.application.create_application(config)
practice = vonage.application.update_application(
    made.id, config.model_copy(update={"name": "Practice"})
)
