mended = vonage.application.update_application(
    spare.id, config.model_copy(update={"name": "Spare, mended"})
)
