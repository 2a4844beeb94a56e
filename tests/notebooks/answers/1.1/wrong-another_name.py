practice = vonage.application.create_application(
    ApplicationConfig(name="Other", capabilities=config.capabilities)
)
