mended = vonage.application.update_application(
    spare.id,
    ApplicationConfig.model_validate(
        {"name": "Spare, mended", "capabilities": {}, "privacy": {"improve_ai": False}}
    ),
)
