package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_flow_action;
import io.ffmiser.verbs.gen.verbs_context;
import io.ffmiser.verbs.internal.ExtendedContext;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Something that a device does to the packets of flows: IPsec ESP (ibv_create_flow_action_esp(3)). A child of its {@link Context}, which
 * many flows may name by {@link FlowSpecification.Act}. Thread-safe;
 * closing as the {@linkplain io.ffmiser.verbs package} says.
 */
public final class FlowAction extends NativeObject {
    private static final NativeCall.ToPointer CREATE_ESP =
            new NativeCall.ToPointer("ibv_create_flow_action_esp", verbs_context.create_flow_action_esp::descriptor);
    private static final NativeCall.ToErrno MODIFY_ESP =
            new NativeCall.ToErrno("ibv_modify_flow_action_esp", verbs_context.modify_flow_action_esp::descriptor);
    private static final NativeCall.ToErrno DESTROY =
            new NativeCall.ToErrno("ibv_destroy_flow_action", verbs_context.destroy_flow_action::descriptor);

    private final Context context;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private FlowAction(MemorySegment pointer, Context context) {
        super(pointer.reinterpret(ibv_flow_action.sizeof()), context);
        this.context = context;
    }

    /**
     * Encrypts or decrypts ESP.
     *
     * @throws VerbsException EOPNOTSUPP when the device does not
     */
    public static FlowAction createEsp(Context context, EspAttributes attributes) {
        try (Arena arena = Arena.ofConfined()) {
            return Lifetime.whileOpen(
                    () -> new FlowAction(
                            CREATE_ESP.invoke(
                                    context.toString(),
                                    operation(context, verbs_context.create_flow_action_esp$offset(), CREATE_ESP),
                                    context.pointer(),
                                    attributes.allocate(arena)),
                            context),
                    context);
        }
    }

    private static MemorySegment operation(Context context, long offset, NativeCall call) {
        return ExtendedContext.operation(context.pointer(), offset, call.name(), context.toString());
    }

    /** Changes it for all its flows at once (ibv_modify_flow_action_esp(3)). */
    public void modifyEsp(EspAttributes attributes) {
        try (Arena arena = Arena.ofConfined()) {
            Lifetime.whileOpen(
                    () -> MODIFY_ESP.invoke(
                            toString(),
                            operation(context, verbs_context.modify_flow_action_esp$offset(), MODIFY_ESP),
                            this,
                            attributes.allocate(arena)),
                    this);
        }
    }

    @Override
    protected void destroy(MemorySegment closing) {
        DESTROY.invoke(toString(), operation(context, verbs_context.destroy_flow_action$offset(), DESTROY), closing);
    }

    @Override
    public String toString() {
        return "ESP flow action of " + context.device().name();
    }
}
