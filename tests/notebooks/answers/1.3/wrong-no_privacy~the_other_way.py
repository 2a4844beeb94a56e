mended = vonage.application.update_application(
    spare.id,
    ApplicationConfig.model_validate(
        spare_config.model_dump()
        | {"name": "Spare, mended", "privacy": {"improve_ai": True}}
    ),
)
