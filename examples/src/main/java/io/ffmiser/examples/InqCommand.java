package io.ffmiser.examples;

import io.ffmiser.initiator.Capacity;
import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.Inquiry;
import io.ffmiser.initiator.IserUrl;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.text.PeerText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inq}: what a disk says of itself. */
@Command(
        name = "inq",
        mixinStandardHelpOptions = true,
        description =
                "Shows INQUIRY data, capacity, and the keys that were negotiated; or one VPD page in hexadecimal.")
final class InqCommand implements Callable<Integer> {
    private static final int UNIT_SERIAL_NUMBER = 0x80;

    @Mixin
    private InitiatorFlags flags = new InitiatorFlags();

    @Parameters(paramLabel = "URL", converter = UrlConverter.class, description = "iser://host[:port]/target-name/lun")
    private @Nullable IserUrl url;

    @Option(names = "--page", paramLabel = "HEX", description = "a vital product data page, such as 83")
    private @Nullable String page;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        PrintWriter out = line.getOut();
        if (page != null && !page.matches("[0-9a-fA-F]{1,2}")) {
            throw new ParameterException(line, "'" + page + "' is not a page: one or two hexadecimal digits");
        }
        IserUrl disk = Objects.requireNonNull(url);
        try (Initiator initiator = flags.open();
                Session session = initiator.login(SessionOptions.of(disk))) {
            if (page != null) {
                byte[] data = session.vitalProductData(disk.lun(), Integer.parseInt(page, 16));
                out.println(HexFormat.ofDelimiter(" ").formatHex(data));
            } else {
                describe(session, disk.lun(), out);
            }
        }
        out.flush();
        return 0;
    }

    private static void describe(Session session, int lun, PrintWriter out) throws IOException {
        out.println("negotiated");
        for (Map.Entry<String, String> key : session.negotiated().entrySet()) {
            out.printf(Locale.ROOT, "  %-32s %s%n", PeerText.escape(key.getKey()), PeerText.escape(key.getValue()));
        }
        Inquiry inquiry = session.inquiry(lun);
        if (inquiry.peripheralQualifier() != 0) {
            // SPC-4 section 6.6.2: no device is there, and nothing else it says means anything.
            throw new IOException(session.targetName() + " has no LUN " + lun);
        }
        byte[] serialPage = session.vitalProductData(lun, UNIT_SERIAL_NUMBER);
        // SPC-4 section 7.8.18: four octets of header, then the serial number
        String serial = new String(serialPage, 4, Math.max(0, serialPage.length - 4), StandardCharsets.US_ASCII);
        Capacity capacity = session.capacity(lun);
        out.println("inquiry");
        out.printf(
                Locale.ROOT,
                "  vendor   %s%n  product  %s%n  revision %s%n",
                PeerText.escape(inquiry.vendor()),
                PeerText.escape(inquiry.product()),
                PeerText.escape(inquiry.revision()));
        out.printf(Locale.ROOT, "  serial   %s%n", PeerText.escape(serial.strip()));
        out.println("capacity");
        out.printf(
                Locale.ROOT,
                "  %s: %,d blocks of %d bytes (%d physical)%s%n",
                ByteSize.format((double) capacity.bytes()),
                capacity.blocks(),
                capacity.blockSize(),
                capacity.physicalBlockSize(),
                capacity.thinProvisioned() ? ", thin" : "");
    }
}
