// Open a chat from Java without a package: application, token, user, conversation, message.

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Chat {
    static final String SANDBOX = System.getenv("SANDBOX");
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    static String call(String method, String path, String authorization, String body)
            throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(SANDBOX + path))
                .header("Authorization", authorization)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> answer =
                CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() >= 300) {
            throw new IllegalStateException(method + " " + path + ": " + answer.body());
        }
        return answer.body();
    }

    /** Take the first "id" of a JSON answer; a program of yours uses a JSON library. */
    static String id(String json) {
        Matcher found = Pattern.compile("\"id\" ?: ?\"([^\"]+)\"").matcher(json);
        found.find();
        return found.group(1);
    }

    static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    public static void main(String[] arguments) throws Exception {
        // 1. An application with a public key. Its private key signs every token.
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair keys = generator.generateKeyPair();
        String pem = "-----BEGIN PUBLIC KEY-----\\n"
                + Base64.getEncoder().encodeToString(keys.getPublic().getEncoded())
                + "\\n-----END PUBLIC KEY-----\\n";
        String account = System.getenv("VONAGE_API_KEY") + ":" + System.getenv("VONAGE_API_SECRET");
        String application = id(call("POST", "/v2/applications",
                "Basic " + Base64.getEncoder().encodeToString(account.getBytes()),
                "{\"name\": \"java\", \"keys\": {\"public_key\": \"" + pem + "\"}}"));

        // 2. A token for the application.
        long now = System.currentTimeMillis() / 1000;
        String claims = String.format(
                "{\"application_id\": \"%s\", \"iat\": %d, \"exp\": %d, \"jti\": \"%s\"}",
                application, now, now + 900, UUID.randomUUID());
        String unsigned = encoded("{\"alg\": \"RS256\", \"typ\": \"JWT\"}".getBytes())
                + "." + encoded(claims.getBytes());
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(keys.getPrivate());
        signature.update(unsigned.getBytes());
        String bearer = "Bearer " + unsigned + "." + encoded(signature.sign());

        // 3. A user, a conversation, and the user as its member.
        call("POST", "/v1/users", bearer, "{\"name\": \"java-alice\"}");
        String chat = "/v1/conversations/" + id(call("POST", "/v1/conversations", bearer, "{}"));
        String member = id(call("POST", chat + "/members", bearer,
                "{\"state\": \"joined\", \"user\": {\"name\": \"java-alice\"},"
                        + " \"channel\": {\"type\": \"app\"}}"));

        // 4. A message, and the history that contains it.
        call("POST", chat + "/events", bearer,
                "{\"type\": \"message\", \"from\": \"" + member + "\","
                        + " \"body\": {\"message_type\": \"text\", \"text\": \"Hello from Java\"}}");
        System.out.println(call("GET", chat + "/events", bearer, ""));
    }
}
