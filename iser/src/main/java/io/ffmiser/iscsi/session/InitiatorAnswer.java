package io.ffmiser.iscsi.session;

/** Gets the answer to a request that is no SCSI command; exactly one method is called, once. */
public interface InitiatorAnswer {
    /** For requests whose answer tells no more than that the target is there, or whose failure shows elsewhere. */
    InitiatorAnswer IGNORE = new InitiatorAnswer() {
        @Override
        public void answered(int code, byte[] text) {
            // The answer is all that was wanted.
        }

        @Override
        public void failed(String reason) {
            // The session ends with that reason, or goes on without the answer.
        }
    };

    /**
     * The target answered.
     *
     * @param code the response code of a Task Management or Logout Response, else 0
     * @param text of Text Responses, put together; else empty
     */
    void answered(int code, byte[] text);

    /** It refused the request, or the session ended. */
    void failed(String reason);
}
