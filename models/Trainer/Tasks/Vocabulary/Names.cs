namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>First names for stories, lists and conversations.</summary>
internal static class Names
{
    public static IReadOnlyList<string> All { get; } =
    [
        .. """
        Ada Adam Alan Alex Alice Amir Amy Ana Andy Anna Ari Arthur Asha Ben Bella Bill Bob Brad Bruno Cara Carl Carla
        Carol Cathy Chloe Clara Cleo Cora Dan Dana Daniel David Dean Diana Dora Dylan Eddie Elena Eli Ella Elsa Emil
        Emily Emma Eric Erin Esther Ethan Eva Evan Faith Fay Felix Finn Fiona Flora Frank Fred Freya Gabe Gary Gemma
        George Gina Glen Gloria Grace Greg Greta Gus Hana Hank Hanna Harry Hazel Heidi Helen Henry Hugo Ian Ida Igor
        Ines Irene Iris Isaac Ivan Ivy Jack Jacob Jade James Jan Jane Jason Jean Jenny Jill Jim Joan Joe Joel John
        Jonas Joy Judy Julia June Kai Kara Karen Karl Kate Keith Ken Kim Kira Kurt Kyle Lara Laura Leah Lena Leo Levi
        Liam Lily Linda Lisa Liz Logan Lola Lou Lucas Lucy Luis Luke Luna Lynn Mabel Marco Maria Mark Marta Mary Mateo
        Matt Max Maya Meg Mia Mike Mila Milo Mina Moira Molly Mona Nadia Nancy Ned Nell Nick Nico Nina Noah Nora Olga
        Oliver Omar Oscar Otto Owen Pam Paul Paula Pedro Penny Pete Phil Pia Polly Priya Quinn Rachel Ralph Ravi Ray
        Remy Rita Rob Roger Rosa Ross Roy Ruby Ruth Ryan Sally Sam Sara Scott Sean Seth Silas Simon Sofia Sonia Stella
        Steve Sue Susan Tara Ted Tess Theo Tim Tina Tom Tony Uma Una Ursula Vera Vic Victor Viola Wade Walt Wendy Will
        Yara Yusuf Zack Zara Zoe
        """.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
    ];
}
