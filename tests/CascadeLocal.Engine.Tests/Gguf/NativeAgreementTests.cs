using System.Runtime.InteropServices;

using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Native;

using Xunit;

namespace CascadeLocal.Engine.Tests.Gguf;

/// <summary>Our tables against the llama.cpp build in use.</summary>
public sealed class NativeAgreementTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Block_sizes_are_ggmls_own()
    {
        nint ggml = LoadGgml();
        var elements = Marshal.GetDelegateForFunctionPointer<BlockElements>(NativeLibrary.GetExport(ggml, "ggml_blck_size"));
        var bytes = Marshal.GetDelegateForFunctionPointer<BlockBytes>(NativeLibrary.GetExport(ggml, "ggml_type_size"));
        // 43 is one past the last type; ggml answers 0 for the numbers it has dropped.
        for (int type = 0; type < 43; type++)
            Assert.Equal((type, elements(type), (long)bytes(type)), (type, ((GgmlType)type).Block().Elements, ((GgmlType)type).Block().Bytes));
    }

    [Fact]
    public void Every_architecture_that_is_served_or_refused_by_name_is_known_to_llama_cpp()
    {
        GgufBuilder model = TestGguf.Create();
        List<string> unknown = [.. Architectures.Served.Concat(Architectures.Refused.Keys)
            .Where(name => !IsKnown(model.Set("general.architecture", name).Build()))];
        // Its loader refuses clip with its own words, so it looks unknown from here.
        Assert.Equal("clip", string.Join(" ", unknown));
        Assert.False(IsKnown(model.Set("general.architecture", "llama9").Build()));
    }

    public static TheoryData<string> TypedKeys => [.. KeyTypeCheck.Types.Keys];

    [Theory]
    [MemberData(nameof(TypedKeys))]
    public void A_key_of_another_type_is_refused_by_llama_cpp_and_by_us(string name)
    {
        string key = name[0] == '.' ? "llama" + name : name;
        GgufBuilder model = TestGguf.Create();
        // What comes nearest: a signed number for an unsigned one, a whole number for a fraction, a byte for a bool.
        model = KeyTypeCheck.Types[name] == GgufValueType.UInt32
            ? model.SetRaw(key, (uint)GgufValueType.Int32, writer => writer.Write(4))
            : model.SetRaw(key, (uint)GgufValueType.UInt8, writer => writer.Write((byte)1));
        string path = _folder.Write("typed.gguf", model.Build());

        NativeLlama.Touch();
        using NativeLog.Recording log = NativeLog.Record();
        Assert.ThrowsAny<Exception>(() => NativeLlama.Load(path).Dispose());
        Assert.Contains("wrong type", log.Reason, StringComparison.Ordinal);
        ModelLoadException error = Assert.Throws<ModelLoadException>(() => GgufFile.Open(path));
        Assert.Equal(key, error.Field);
        Assert.Contains("but must be", error.Reason, StringComparison.Ordinal);
    }

    private bool IsKnown(byte[] model)
    {
        try
        {
            // With the vocabulary alone, nothing of the architecture is read but its name.
            using var weights = NativeLlama.Load(_folder.Write("architecture.gguf", model), vocabularyOnly: true);
            return true;
        }
        catch (LLama.Exceptions.LoadWeightsFailedException)
        {
            return false;
        }
    }

    private static nint LoadGgml()
    {
        NativeLlama.Touch();
        string library = File.ReadLines("/proc/self/maps").First(line => line.EndsWith("libggml-base.so", StringComparison.Ordinal));
        return NativeLibrary.Load(library[library.IndexOf('/', StringComparison.Ordinal)..]);
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate long BlockElements(int type);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nuint BlockBytes(int type);
}
