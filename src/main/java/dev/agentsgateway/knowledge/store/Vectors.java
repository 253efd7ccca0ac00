package dev.agentsgateway.knowledge.store;

import java.nio.ByteBuffer;

/** Vectors as columns keep them: 32-bit floats, big-endian. */
public final class Vectors {
    private Vectors() {}

    public static byte[] bytes(float[] vector) {
        ByteBuffer buffer = ByteBuffer.allocate(vector.length * Float.BYTES);
        buffer.asFloatBuffer().put(vector);
        return buffer.array();
    }

    static float[] read(byte[] bytes) {
        float[] vector = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).asFloatBuffer().get(vector);
        return vector;
    }
}
