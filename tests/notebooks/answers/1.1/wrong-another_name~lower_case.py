practice = vonage.application.create_application(
    ApplicationConfig(name="practice", capabilities=config.capabilities)
)
