practice = vonage.application.create_application
