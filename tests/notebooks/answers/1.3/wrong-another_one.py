mended = vonage.application.create_application(
    ApplicationConfig(name="Spare, mended", capabilities=config.capabilities)
)
