using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CascadeLocal.Routing.Tensors;

/// <summary>Writes float32 tensors in the safetensors format; equal tensors give equal bytes.</summary>
internal static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Writes the tensors in the order given.</summary>
    public static void Write(Stream stream, IReadOnlyList<NamedTensor> tensors)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(Header(tensors));
        int padding = (Alignment - (json.Length % Alignment)) % Alignment;
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)(json.Length + padding));
        stream.Write(length);
        stream.Write(json);
        for (int i = 0; i < padding; i++)
            stream.WriteByte((byte)' ');
        foreach (NamedTensor tensor in tensors)
            stream.Write(MemoryMarshal.AsBytes<float>(tensor.Values));
    }

    private static JsonObject Header(IReadOnlyList<NamedTensor> tensors)
    {
        JsonObject header = [];
        long offset = 0;
        foreach (NamedTensor tensor in tensors)
        {
            long end = offset + ((long)tensor.Values.Length * sizeof(float));
            header[tensor.Name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. tensor.Shape.Select(size => JsonValue.Create(size))]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }

        return header;
    }
}
