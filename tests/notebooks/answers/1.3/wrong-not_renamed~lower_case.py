mended = vonage.application.update_application(
    spare.id, spare_config.model_copy(update={"name": "spare, mended"})
)
