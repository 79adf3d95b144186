package io.ffmiser.chap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChapSecretTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] CHALLENGE = HEX.parseHex("000102030405060708090a0b0c0d0e0f");

    private static ChapSecret secret(String text) {
        return ChapSecret.of(text.toCharArray());
    }

    /** The packet of user flopsy in RFC 2865 section 7.2. */
    @Test
    void shouldGiveTheResponseOfRfc2865_whenTheAlgorithmIsMd5() {
        ChapSecret secret = ChapSecret.ofAnyLength("arctangent".toCharArray());
        byte[] challenge = HEX.parseHex("2aee86f08d0d55969ca5978e0d3367a2");
        byte[] expected = HEX.parseHex("e97557c316185895f293ff6344077275");

        assertArrayEquals(expected, secret.respond(ChapAlgorithm.MD5, 0x16, challenge));
        assertTrue(secret.verifies(ChapAlgorithm.MD5, 0x16, challenge, expected));
        assertFalse(secret.verifies(ChapAlgorithm.MD5, 0x17, challenge, expected));
    }

    /** Made with OpenSSL: the digest of 8a, "initiator-secret" and 00 to 0f. */
    @ParameterizedTest
    @CsvSource({
        "MD5,      5, 4885887afc70f2883ddeb383e0de818f",
        "SHA1,     6, b16ce008742572f2639be9a54141a58810b55bb0",
        "SHA256,   7, 422f4698cbbb455f64b48e9cf6e1395ef1715130fccf7cae0a94a79eeef16449",
        "SHA3_256, 8, a077dec5fdcd3e8a9eb13fb6423b8e6d4da43669874b2a1fd16bcbb1e177a19c"
    })
    void shouldAgreeWithOpenSsl_whenAnyAlgorithmIsUsed(ChapAlgorithm algorithm, int code, String expected) {
        byte[] response = secret("initiator-secret").respond(algorithm, 0x8a, CHALLENGE);

        assertEquals(expected, HEX.formatHex(response));
        assertEquals(code, algorithm.code());
        assertEquals(algorithm, ChapAlgorithm.of(code));
        assertEquals(response.length, algorithm.responseLength());
    }

    @Test
    void shouldTakeTheIdentifierAsOneOctet_whenItIsAtItsEnds() {
        ChapSecret secret = secret("initiator-secret");

        assertEquals(
                "d6846d8378da8812c701552ba7b5d3d9", HEX.formatHex(secret.respond(ChapAlgorithm.MD5, 0, CHALLENGE)));
        assertEquals(
                "b1a0c99bb18d19920f2ac263b50a86c3", HEX.formatHex(secret.respond(ChapAlgorithm.MD5, 255, CHALLENGE)));
    }

    @Test
    void shouldNotVerify_whenAnyOctetDiffers() {
        ChapSecret secret = secret("initiator-secret");
        byte[] right = secret.respond(ChapAlgorithm.MD5, 1, CHALLENGE);
        for (int i = 0; i < right.length; i++) {
            byte[] wrong = right.clone();
            wrong[i] ^= 0x40;
            assertFalse(secret.verifies(ChapAlgorithm.MD5, 1, CHALLENGE, wrong));
        }
        assertFalse(secret.verifies(ChapAlgorithm.MD5, 1, CHALLENGE, new byte[0]));
        assertFalse(secret.verifies(ChapAlgorithm.MD5, 1, CHALLENGE, new byte[1024]));
    }

    /** RFC 7143 section 9.2.1: 96 bits. */
    @Test
    void shouldRefuse_whenTheSecretHasLessThan96Bits() {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> secret("elevenchars"));

        assertTrue(String.valueOf(refused.getMessage()).contains("11 octets"), refused::getMessage);
        assertFalse(String.valueOf(refused.getMessage()).contains("elevenchars"), refused::getMessage);
        assertEquals("a secret of 12 octets", secret("twelve-chars").toString());
        assertEquals(
                "a secret of 12 octets",
                secret("\u00e4\u00f6\u00fc\u00df\u00e9\u00e8").toString());
        assertEquals(
                "a secret of 11 octets",
                ChapSecret.ofAnyLength("elevenchars".toCharArray()).toString());
    }

    @Test
    void shouldRefuse_whenTheSecretIsEmptyOrEndless() {
        assertThrows(IllegalArgumentException.class, () -> ChapSecret.ofAnyLength(new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> ChapSecret.of(new byte[ChapSecret.MAX_LENGTH + 1]));
        assertEquals(
                "a secret of 256 octets",
                ChapSecret.of(new byte[ChapSecret.MAX_LENGTH]).toString());
        assertThrows(IllegalArgumentException.class, () -> ChapSecret.of("lone surrogate \ud800".toCharArray()));
    }

    @Test
    void shouldNotBeReadable_whenPrinted() {
        ChapCredential credential = ChapCredential.of("host", "initiator-secret".toCharArray());
        InitiatorChap initiator =
                InitiatorChap.of(credential).withTarget(ChapCredential.of("disks", "the-targets-secret".toCharArray()));
        TargetChap target = TargetChap.of(Map.of("iqn.2026-11.org.example:host", credential))
                .withOwn(credential);
        for (Object object : List.of(credential.secret(), credential, initiator, target)) {
            assertFalse(object.toString().contains("-secret"), object::toString);
        }
    }

    @Test
    void shouldKeepItsOwnCopy_whenTheCallerClearsTheArray() {
        byte[] octets = "initiator-secret".getBytes(StandardCharsets.UTF_8);
        ChapSecret secret = ChapSecret.of(octets);
        java.util.Arrays.fill(octets, (byte) 0);

        assertTrue(secret.isSameAs(secret("initiator-secret")));
        assertFalse(secret.isSameAs(secret("initiator-secreT")));
    }

    @Test
    void shouldHave128RandomBits_whenGenerated() {
        SecureRandom random = new SecureRandom();
        char[] first = ChapSecret.generate(random);

        assertEquals(16, HEX.parseHex(new String(first)).length);
        assertNotEquals(new String(first), new String(ChapSecret.generate(random)));
        ChapSecret.of(first);
    }

    /** RFC 7143 section 9.2.1: who can check one direction must not be able to pass in the other. */
    @Test
    void shouldRefuse_whenBothDirectionsHaveTheSameSecret() {
        InitiatorChap oneWay = InitiatorChap.of(ChapCredential.of("host", "initiator-secret".toCharArray()));

        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> oneWay.withTarget(ChapCredential.of("disks", "initiator-secret".toCharArray())));

        assertTrue(String.valueOf(refused.getMessage()).contains("must differ"), refused::getMessage);
    }

    @Test
    void shouldRefuse_whenNameOrAlgorithmsMakeNoSense() {
        ChapSecret secret = secret("initiator-secret");
        assertThrows(IllegalArgumentException.class, () -> new ChapCredential("", secret));
        assertThrows(IllegalArgumentException.class, () -> new ChapCredential("a\0b", secret));
        assertThrows(IllegalArgumentException.class, () -> new ChapCredential("x".repeat(256), secret));
        ChapCredential credential = new ChapCredential("x".repeat(255), secret);
        InitiatorChap initiator = InitiatorChap.of(credential);
        TargetChap target = TargetChap.of(credential);
        assertThrows(IllegalArgumentException.class, () -> initiator.withAlgorithms(List.of()));
        assertThrows(IllegalArgumentException.class, () -> target.withAlgorithms(List.of()));
    }

    @Test
    void shouldAskEveryInitiatorForTheSame_whenThereIsOneAccount() {
        ChapCredential everyone = new ChapCredential("disks", secret("initiator-secret"));

        TargetChap target = TargetChap.of(everyone).withAlgorithms(List.of(ChapAlgorithm.SHA256));

        assertSame(everyone, target.accounts().find("iqn.2026-11.org.example:one"));
        assertSame(everyone, target.accounts().find("iqn.2026-11.org.example:other"));
        assertEquals(List.of(ChapAlgorithm.SHA256), target.algorithms());
    }

    @Test
    void shouldKeepWhatBothSidesProve_whenTheAlgorithmsAreChosen() {
        ChapCredential host = new ChapCredential("host", secret("initiator-secret"));
        ChapCredential disks = new ChapCredential("disks", secret("the-targets-secret"));

        InitiatorChap initiator =
                InitiatorChap.of(host).withTarget(disks).withAlgorithms(List.of(ChapAlgorithm.SHA3_256));

        assertEquals(new InitiatorChap(host, disks, List.of(ChapAlgorithm.SHA3_256)), initiator);
    }
}
