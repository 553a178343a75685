using System.Buffers.Binary;

using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Tests.Gguf;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Native;

/// <summary>What is told of a library that was built for the machine before anything loads it.</summary>
public sealed class LlamaLibraryTests : IDisposable
{
    private const int MachineOffset = 18;

    private readonly TempFolder _folder = new();

    private string Library => Path.Combine(_folder.Path, "libllama.so");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_copy_of_the_one_that_ships_passes()
    {
        Copy("*.so");

        LlamaLibrary.Inspect(Library);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named() => AssertRefused($"{Library} is not there");

    [Fact]
    public void A_folder_is_refused()
    {
        Directory.CreateDirectory(Library);

        AssertRefused("is a folder, not a regular file");
    }

    [Theory]
    [InlineData("")]
    [InlineData("INPUT(libllama.so.0)")]
    [InlineData("A text that is longer than the header of a library, and begins otherwise than one does.")]
    public void A_text_is_no_library(string text)
    {
        File.WriteAllText(Library, text);

        AssertRefused("is no shared library: it does not begin as an ELF file does");
    }

    [Theory]
    [InlineData(183, "Arm64")]
    [InlineData(3, "x86 (32 bits)")]
    [InlineData(9999, "machine 9999 of ELF")]
    public void A_library_for_another_machine_is_refused_by_its_name(int machine, string name)
    {
        Change(bytes => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(MachineOffset), (ushort)machine));

        AssertRefused($"is built for {name}, and this machine is x86-64");
    }

    [Fact]
    public void A_library_that_is_not_llama_cpp_lacks_its_functions()
    {
        Copy("*.so");
        File.Copy(Path.Combine(_folder.Path, "libggml-base.so"), Library, overwrite: true);

        AssertRefused("lacks functions of the release of llama.cpp that this program is made for (llama_");
    }

    [Fact]
    public void A_library_without_those_that_it_needs_is_refused()
    {
        Copy("libllama.so");

        AssertRefused("needs libggml.so, which is not beside it");
    }

    [Fact]
    public void What_those_need_is_looked_for_too()
    {
        Copy("*.so");
        File.Delete(Path.Combine(_folder.Path, "libggml-cpu.so"));

        AssertRefused("libggml.so needs libggml-cpu.so, which is not beside it");
    }

    [Fact]
    public void A_library_that_does_not_look_beside_itself_is_told_how_to()
    {
        Copy("*.so");
        Change(bytes => bytes.AsSpan(bytes.AsSpan().IndexOf("$ORIGIN\0"u8)).Slice(0, 7).Fill((byte)'/'));

        AssertRefused("needs libggml.so, which lies beside it, but is not looked for there: build with -DCMAKE_BUILD_RPATH_USE_ORIGIN=ON");
    }

    [Fact]
    public void A_library_that_is_cut_off_is_damaged()
    {
        foreach (double share in new[] { 0.0001, 0.3, 0.9999 })
        {
            byte[] whole = File.ReadAllBytes(LlamaLibrary.Shipped);
            File.WriteAllBytes(Library, whole[..(int)(whole.Length * share)]);

            AssertRefused("is damaged: it ends before what it says it holds");
        }
    }

    [Fact]
    public void Whatever_byte_is_wrong_the_answer_is_a_reason()
    {
        byte[] whole = File.ReadAllBytes(LlamaLibrary.Shipped);
        Copy("*.so");
        Random random = new(1);
        for (int i = 0; i < 40; i++)
        {
            byte[] changed = [.. whole];
            // The header, and the tables of sections at the end.
            for (int wrong = 0; wrong < 3; wrong++)
                changed[random.Next(2) == 0 ? random.Next(64) : whole.Length - 1 - random.Next(2_000)] = (byte)random.Next(256);
            File.WriteAllBytes(Library, changed);
            try
            {
                LlamaLibrary.Inspect(Library);
            }
            catch (LlamaLibraryException error)
            {
                Assert.Contains(_folder.Path, error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void A_library_with_other_structs_is_of_another_release()
    {
        StructFacts some = new(160, 160, "00FF");
        LibraryFacts shipped = new("0.18.0", some, some, some);

        Assert.Null(shipped.DifferenceFrom(shipped));
        Assert.StartsWith("it is of ggml 0.19.0, and", (shipped with { Ggml = "0.19.0" }).DifferenceFrom(shipped), StringComparison.Ordinal);
        Assert.StartsWith("it is of ggml of an unknown version", (shipped with { Ggml = "" }).DifferenceFrom(shipped), StringComparison.Ordinal);
        Assert.StartsWith(
            "its llama_model_params has 168 bytes, and", (shipped with { Model = some with { Bytes = 168 } }).DifferenceFrom(shipped), StringComparison.Ordinal);
        Assert.StartsWith(
            "the fields of its llama_context_params stand elsewhere",
            (shipped with { Context = some with { Defaults = "FF00" } }).DifferenceFrom(shipped), StringComparison.Ordinal);
    }

    [Fact]
    public void The_structs_of_the_one_that_ships_are_LLamaSharps()
    {
        NativeBackend.Initialize(NullLogger.Instance);

        LibraryFacts facts = LlamaLibrary.Measure(NativeBackend.Handle);

        Assert.All(new[] { facts.Context, facts.Model, facts.Quantize }, facts => Assert.Equal(facts.Managed, facts.Bytes));
        Assert.NotEmpty(facts.Ggml);
        Assert.Null(facts.DifferenceFrom(LlamaLibrary.Measure(NativeBackend.Handle)));
    }

    [Fact]
    public void Once_a_library_is_loaded_no_other_can_take_its_place()
    {
        NativeBackend.Initialize(NullLogger.Instance);

        Assert.Throws<InvalidOperationException>(() => LlamaLibrary.Use(Library));
        Assert.Equal(NativeBackend.Current!.LibraryPath, LlamaLibrary.Loaded?.Path);
    }

    private void AssertRefused(string reason)
    {
        LlamaLibraryException error = Assert.Throws<LlamaLibraryException>(() => LlamaLibrary.Inspect(Library));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, error.Message, StringComparison.Ordinal);
    }

    private void Copy(string pattern)
    {
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(LlamaLibrary.Shipped)!, pattern))
            File.Copy(file, Path.Combine(_folder.Path, Path.GetFileName(file)), overwrite: true);
    }

    private void Change(Action<byte[]> change)
    {
        byte[] bytes = File.ReadAllBytes(LlamaLibrary.Shipped);
        change(bytes);
        File.WriteAllBytes(Library, bytes);
    }
}
