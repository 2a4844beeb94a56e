mended = vonage.application.update_application(
    spare.id,
    ApplicationConfig(name="Spare, mended", privacy=spare_config.privacy),
)
