practice = vonage.application.create_application(
    ApplicationConfig(name="Practice", capabilities=config.capabilities)
)
practice = vonage.application.get_application(practice.id)
