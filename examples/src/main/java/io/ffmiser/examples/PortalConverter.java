package io.ffmiser.examples;

import io.ffmiser.target.TargetOptions;
import io.ffmiser.text.HostPort;
import java.net.InetSocketAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code host[:port]}; the port is 3260 if left out. */
final class PortalConverter implements ITypeConverter<InetSocketAddress> {
    @Override
    public InetSocketAddress convert(String value) {
        try {
            HostPort portal = HostPort.parse(value, TargetOptions.DEFAULT_PORT);
            // Its addresses are left to whoever connects.
            return InetSocketAddress.createUnresolved(portal.host(), portal.port());
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(described(value, e));
        }
    }

    /**
     * An address to listen on, whose port may be 0.
     *
     * @throws IllegalArgumentException with a message that quotes it and says what is wrong
     */
    static InetSocketAddress listening(String value) {
        try {
            InetSocketAddress address =
                    HostPort.parseListening(value, TargetOptions.DEFAULT_PORT).address();
            if (address.isUnresolved()) {
                throw new IllegalArgumentException("nobody knows that host");
            }
            return address;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(described(value, e), e);
        }
    }

    private static String described(String value, IllegalArgumentException e) {
        return "'" + value + "' is not HOST[:PORT]: " + e.getMessage();
    }
}
