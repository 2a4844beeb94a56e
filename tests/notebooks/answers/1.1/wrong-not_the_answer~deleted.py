practice = vonage.application.create_application(
    ApplicationConfig(name="Practice", capabilities=config.capabilities)
)
vonage.application.delete_application(practice.id)
