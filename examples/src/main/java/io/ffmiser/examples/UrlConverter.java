package io.ffmiser.examples;

import io.ffmiser.initiator.IserUrl;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code iser://host[:port]/target-name/lun}. */
final class UrlConverter implements ITypeConverter<IserUrl> {
    @Override
    public IserUrl convert(String value) {
        try {
            return IserUrl.parse(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
