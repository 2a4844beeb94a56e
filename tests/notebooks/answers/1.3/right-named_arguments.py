mended = vonage.application.update_application(
    id=spare.id, config=spare_config.model_copy(update={"name": "Spare, mended"})
)
