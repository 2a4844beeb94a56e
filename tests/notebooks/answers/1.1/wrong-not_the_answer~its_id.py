practice = vonage.application.create_application(
    ApplicationConfig(name="Practice", capabilities=config.capabilities)
)
practice = practice.id
