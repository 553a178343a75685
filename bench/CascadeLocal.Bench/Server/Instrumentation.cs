using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace CascadeLocal.Bench.Server;

/// <summary>A line of source that has code.</summary>
/// <param name="File">The file, relative to the repository.</param>
/// <param name="Number">The line, from 1.</param>
internal sealed record SourceLine(string File, int Number);

/// <summary>
/// A program copied so that every line of its own source says when it is executed: a call of <see cref="ServerProbe.Hit"/>
/// goes in front of each place that the debug information knows.
/// </summary>
internal sealed class Instrumentation
{
    private readonly List<SourceLine> _lines = [];
    private readonly string _repository;

    private Instrumentation(string repository) => _repository = repository;

    /// <summary>The lines, by the number that the probe is told.</summary>
    public IReadOnlyList<SourceLine> Lines => _lines;

    /// <summary>Makes the copy; what is not ours in it is only linked.</summary>
    /// <param name="program">The folder of the program, with debug information of what is ours.</param>
    /// <param name="copy">The folder to make; an older one is replaced.</param>
    /// <param name="repository">The repository; only files of its <c>src</c> count.</param>
    public static Instrumentation Copy(string program, string copy, string repository)
    {
        Instrumentation instrumentation = new(repository);
        Copy(program, copy, instrumentation.Rewrite);
        return instrumentation.Lines.Count > 0
            ? instrumentation
            : throw new ServerFailedException($"{program} has no debug information of {repository}/src");
    }

    /// <summary>Makes a copy that tells <see cref="ServerProbe"/> of each token as it joins its sequence, and of the text that it releases.</summary>
    public static void CopyTimingTokens(string program, string copy)
    {
        bool isFound = false;
        Copy(program, copy, (file, target) =>
        {
            if (Path.GetFileName(file) != "CascadeLocal.Engine.dll")
            {
                // Not a link: the host looks for the rest where the program really is.
                File.Copy(file, target);
                return;
            }

            using DefaultAssemblyResolver resolver = new();
            resolver.AddSearchDirectory(program);
            using ModuleDefinition module = ModuleDefinition.ReadModule(file, new ReaderParameters { AssemblyResolver = resolver });
            TypeDefinition sequence = module.GetTypes().First(type => type.Name == "Sequence");
            MethodDefinition append = sequence.Methods.First(method => method.Name == "Append");
            PropertyDefinition text = sequence.Properties.First(property => property.Name == "Text");
            PropertyDefinition length = text.PropertyType.Resolve().Properties.First(property => property.Name == "Length");
            append.Body.SimplifyMacros();
            ILProcessor processor = append.Body.GetILProcessor();
            processor.InsertBefore(append.Body.Instructions[0], Instruction.Create(OpCodes.Call, ProbeMethod(module, nameof(ServerProbe.Sampled))));
            MethodReference released = ProbeMethod(module, nameof(ServerProbe.Released), module.TypeSystem.Object, module.TypeSystem.Int32);
            foreach (Instruction end in append.Body.Instructions.Where(code => code.OpCode == OpCodes.Ret).ToArray())
            {
                // The old instruction becomes the first of the new ones, as in Rewrite.
                (end.OpCode, end.Operand) = (OpCodes.Ldarg, append.Body.ThisParameter);
                Instruction last = end;
                foreach (Instruction code in (Instruction[])
                [
                    Instruction.Create(OpCodes.Ldarg, append.Body.ThisParameter), Instruction.Create(OpCodes.Call, text.GetMethod),
                    Instruction.Create(OpCodes.Callvirt, length.GetMethod), Instruction.Create(OpCodes.Call, released), Instruction.Create(OpCodes.Ret),
                ])
                {
                    processor.InsertAfter(last, code);
                    last = code;
                }
            }

            append.Body.OptimizeMacros();
            module.Write(target);
            isFound = true;
        });
        if (!isFound)
            throw new ServerFailedException($"{program} has no engine with debug information");
    }

    // What is ours in the copy is made by the caller, all else linked.
    private static void Copy(string program, string copy, Action<string, string> rewrite)
    {
        if (Directory.Exists(copy))
            Directory.Delete(copy, recursive: true);
        Directory.CreateDirectory(copy);
        foreach (string folder in Directory.GetDirectories(program))
            Directory.CreateSymbolicLink(Path.Combine(copy, Path.GetFileName(folder)), folder);
        foreach (string file in Directory.GetFiles(program))
        {
            string target = Path.Combine(copy, Path.GetFileName(file));
            if (Path.GetExtension(file) == ".dll" && File.Exists(Path.ChangeExtension(file, ".pdb")))
                rewrite(file, target);
            else
                File.CreateSymbolicLink(target, file);
        }
    }

    private void Rewrite(string file, string target)
    {
        using DefaultAssemblyResolver resolver = new();
        resolver.AddSearchDirectory(Path.GetDirectoryName(file));
        using ModuleDefinition module = ModuleDefinition.ReadModule(
            file, new ReaderParameters { ReadSymbols = true, AssemblyResolver = resolver });
        MethodReference hit = ProbeMethod(module, nameof(ServerProbe.Hit), module.TypeSystem.Int32);
        foreach (MethodDefinition method in module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody))
            Rewrite(method, hit);
        module.Write(target);
    }

    private void Rewrite(MethodDefinition method, MethodReference hit)
    {
        List<(Instruction At, int Line)> places = [];
        foreach (SequencePoint point in method.DebugInformation.SequencePoints.Where(point => !point.IsHidden))
        {
            string path = Path.GetRelativePath(_repository, point.Document.Url);
            if (!path.StartsWith("src/", StringComparison.Ordinal) || path.Contains("/obj/", StringComparison.Ordinal))
                continue;
            places.Add((method.Body.Instructions.First(code => code.Offset == point.Offset), _lines.Count));
            _lines.Add(new SourceLine(path, point.StartLine));
        }

        if (places.Count == 0)
            return;
        // Short jumps may become too short.
        method.Body.SimplifyMacros();
        ILProcessor processor = method.Body.GetILProcessor();
        foreach ((Instruction at, int line) in places)
        {
            // The old instruction becomes the first of the new ones, so that jumps and handlers which name it lead there.
            Instruction moved = Instruction.Create(OpCodes.Nop);
            (moved.OpCode, moved.Operand) = (at.OpCode, at.Operand);
            (at.OpCode, at.Operand) = (OpCodes.Ldc_I4, line);
            processor.InsertAfter(at, moved);
            processor.InsertAfter(at, Instruction.Create(OpCodes.Call, hit));
        }

        method.Body.OptimizeMacros();
    }

    private static MethodReference ProbeMethod(ModuleDefinition module, string name, params TypeReference[] parameters)
    {
        AssemblyNameReference assembly = AssemblyNameReference.Parse(typeof(ServerProbe).Assembly.FullName!);
        module.AssemblyReferences.Add(assembly);
        MethodReference method = new(
            name, module.TypeSystem.Void, new TypeReference(typeof(ServerProbe).Namespace, nameof(ServerProbe), module, assembly));
        foreach (TypeReference parameter in parameters)
            method.Parameters.Add(new ParameterDefinition(parameter));
        return method;
    }
}
