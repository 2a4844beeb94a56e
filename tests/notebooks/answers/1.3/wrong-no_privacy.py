mended = vonage.application.update_application(
    spare.id,
    ApplicationConfig(name="Spare, mended", capabilities=config.capabilities),
)
