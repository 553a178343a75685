using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

using Assembly = System.Reflection.Assembly;
using ModelArchitecture = ArchUnitNET.Domain.Architecture;

namespace CascadeLocal.Architecture.Tests;

/// <summary>The assemblies of src beside the tests, read once. A project that comes later is among them by itself.</summary>
internal static class SourceAssemblies
{
    /// <summary>The simple names of the assemblies, in ordinal order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll")
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Where(IsOurs)
            .Order(StringComparer.Ordinal),
    ];

    private static readonly Lazy<ModelArchitecture> Read = new(() =>
        new ArchLoader().LoadAssemblies([.. Names.Select(name => Assembly.LoadFrom(PathOf(name)))]).Build());

    /// <summary>All types with what they depend on.</summary>
    public static ModelArchitecture Architecture => Read.Value;

    /// <summary>The dependencies between the types of one assembly that lie in different namespaces.</summary>
    public static NamespaceGraph NamespacesOf(string assembly) => new(Architecture.Types
        .Where(type => IsOf(type, assembly))
        .SelectMany(type => type.Dependencies
            .Where(dependency => IsOf(dependency.Target, assembly))
            .Select(dependency => new TypeDependency(
                type.Namespace.FullName, type.Name, dependency.Target.Namespace.FullName, dependency.Target.Name))));

    /// <summary>The names of our other assemblies that an assembly uses.</summary>
    public static IEnumerable<string> ReferencesOf(string assembly) => Assembly.LoadFrom(PathOf(assembly))
        .GetReferencedAssemblies()
        .Select(reference => reference.Name!)
        .Where(IsOurs)
        .Order(StringComparer.Ordinal);

    private static bool IsOurs(string name) => name == "cascade"
        || (name.StartsWith("CascadeLocal.", StringComparison.Ordinal) && !name.Contains(".Tests", StringComparison.Ordinal));

    /// <summary>The simple name of a type's assembly.</summary>
    public static string NameOf(IType type) => type.Assembly.Name.Split(',')[0];

    // A parameter of a generic type is in no namespace, or in one at random; what a compiler or a generator adds is in none of ours.
    private static bool IsOf(IType type, string assembly) =>
        type is not GenericParameter
        && type.Assembly is not null
        && NameOf(type) == assembly
        && type.Namespace?.FullName.StartsWith("CascadeLocal", StringComparison.Ordinal) == true;

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, name + ".dll");
}
