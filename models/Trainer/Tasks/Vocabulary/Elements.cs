namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>Chemical elements and their symbols.</summary>
internal static class Elements
{
    public static IReadOnlyList<WordPair> All { get; } = WordPair.Parse("""
        hydrogen:H helium:He lithium:Li carbon:C nitrogen:N oxygen:O fluorine:F neon:Ne sodium:Na magnesium:Mg
        aluminium:Al silicon:Si phosphorus:P sulfur:S chlorine:Cl argon:Ar potassium:K calcium:Ca titanium:Ti
        chromium:Cr manganese:Mn iron:Fe cobalt:Co nickel:Ni copper:Cu zinc:Zn arsenic:As bromine:Br krypton:Kr
        silver:Ag tin:Sn iodine:I xenon:Xe barium:Ba tungsten:W platinum:Pt gold:Au mercury:Hg lead:Pb radium:Ra
        uranium:U
        """);
}
