mended = vonage.application.update_application(
    spare.id,
    ApplicationConfig(**(spare_config.model_dump() | {"name": "Spare, mended"})),
)
