package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** Operand sizes of atomics over PCI (enum ibv_pci_atomic_op_size). */
public enum PciAtomicSize implements NativeConstant {
    FOUR_BYTES(LibIbverbs.IBV_PCI_ATOMIC_OPERATION_4_BYTE_SIZE_SUP()),
    EIGHT_BYTES(LibIbverbs.IBV_PCI_ATOMIC_OPERATION_8_BYTE_SIZE_SUP()),
    SIXTEEN_BYTES(LibIbverbs.IBV_PCI_ATOMIC_OPERATION_16_BYTE_SIZE_SUP());

    private final int value;

    PciAtomicSize(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
