practice = vonage.application.create_application(ApplicationConfig(name="Practice"))
